using System.Text.RegularExpressions;

namespace Weir.Config.Diagnostics;

/// <summary>Variables as NGINX writes them. In text they are characters like any other, which is hardly ever meant.</summary>
internal static partial class OtherVariables
{
    private static readonly Dictionary<string, string> Own = new(StringComparer.Ordinal)
    {
        ["remote_addr"] = "client.ip",
        ["binary_remote_addr"] = "client.ip",
        ["realip_remote_addr"] = "peer.ip",
        ["remote_port"] = "client.port",
        ["host"] = "request.host",
        ["http_host"] = "request.authority",
        ["scheme"] = "request.scheme",
        ["uri"] = "request.path",
        ["document_uri"] = "request.path",
        ["request_uri"] = "request.target",
        ["request_method"] = "request.method",
        ["request_id"] = "request.id",
        ["args"] = "request.query",
        ["query_string"] = "request.query",
        ["status"] = "response.status",
        ["ssl_protocol"] = "tls.version",
        ["ssl_cipher"] = "tls.cipher",
        ["ssl_server_name"] = "tls.server-name",
        ["ssl_client_s_dn"] = "client-certificate.subject",
        ["ssl_client_i_dn"] = "client-certificate.issuer",
        ["ssl_client_serial"] = "client-certificate.serial",
    };

    /// <summary>The first of them in a text, and how it is written here; null when there is none.</summary>
    public static (string Variable, string Hint)? Find(string text)
    {
        if (!text.Contains('$') || Name().Match(text) is not { Success: true } found) return null;
        var name = found.Groups["name"].Value;
        return ("$" + name, Hint(name));
    }

    private static string Hint(string name)
    {
        if (Own.TryGetValue(name, out var own)) return "${" + own + "}";
        if (name == "proxy_add_x_forwarded_for") return "take it away: forwarding fields are written for every request";
        var kind = name[..name.IndexOf('_')];
        var rest = name[(kind.Length + 1)..].Replace('_', '-');
        return kind switch
        {
            "arg" => "${request.query." + name[4..] + "}",
            "cookie" => "${request.cookie." + name[7..] + "}",
            "http" => "${request.header." + rest + "}",
            "upstream" or "sent" => "${response.header." + name[(name.IndexOf("http_", StringComparison.Ordinal) + 5)..].Replace('_', '-') + "}",
            _ => "templates: ${…}",
        };
    }

    // Only names that are well known: a text may have a '$' of its own.
    [GeneratedRegex(@"(?<![$\\\w])\$(?<name>remote_addr|binary_remote_addr|realip_remote_addr|remote_port|host|scheme|uri|document_uri|request_uri|request_method|request_id|args|query_string|status|ssl_protocol|ssl_cipher|ssl_server_name|ssl_client_s_dn|ssl_client_i_dn|ssl_client_serial|proxy_add_x_forwarded_for|proxy_host|server_name|server_port|server_addr|remote_user|time_iso8601|time_local|msec|(http|arg|cookie|upstream_http|sent_http)_[a-z0-9_]+)(?!\w)", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
