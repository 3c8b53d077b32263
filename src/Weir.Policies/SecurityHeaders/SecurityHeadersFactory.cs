using System.Globalization;
using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.SecurityHeaders;

internal sealed class SecurityHeadersFactory : PolicyFactory<SecurityHeadersConfig>
{
    public override string Kind => "security-headers";

    public override Policy? Create(SecurityHeadersConfig config, PolicySetup setup)
    {
        var fields = new List<SecurityField>();
        var valid = true;
        if (config.ContentTypeOptions) Add("content-type-options", "x-content-type-options", "nosniff");
        if (config.FrameOptions != FrameOptions.Off) Add("frame-options", "x-frame-options", config.FrameOptions == FrameOptions.Deny ? "DENY" : "SAMEORIGIN");
        Add("referrer-policy", "referrer-policy", config.ReferrerPolicy);
        if (config.StrictTransportSecurity.Enabled) Add("strict-transport-security", "strict-transport-security", Value(config.StrictTransportSecurity), httpsOnly: true);
        Add("permissions-policy", "permissions-policy", config.PermissionsPolicy);
        Add("content-security-policy", "content-security-policy", config.ContentSecurityPolicy);
        Warn(config.StrictTransportSecurity, setup);
        return valid ? new SecurityHeadersPolicy([.. fields], config.Override) : null;

        void Add(string member, string name, string? value, bool httpsOnly = false)
        {
            if (string.IsNullOrWhiteSpace(value)) return;
            var bytes = Encoding.UTF8.GetBytes(value.Trim());
            if (!FieldRules.IsValidValue(bytes))
            {
                setup.Error(member, "bad-field-value", "a value cannot hold line breaks or other control characters", "in YAML, write >- for a value on several lines");
                valid = false;
            }

            fields.Add(new SecurityField(Encoding.ASCII.GetBytes(name), bytes, httpsOnly));
        }
    }

    private static string Value(StrictTransportConfig config)
        => string.Create(CultureInfo.InvariantCulture, $"max-age={(long)config.MaxAge.TotalSeconds}{(config.IncludeSubdomains ? "; includeSubDomains" : "")}{(config.Preload ? "; preload" : "")}");

    private static void Warn(StrictTransportConfig config, PolicySetup setup)
    {
        if (config is { Enabled: true, Preload: true } && (!config.IncludeSubdomains || config.MaxAge < TimeSpan.FromDays(365)))
            setup.Warning("strict-transport-security.preload", "no-effect", "the browsers' lists ask for include-subdomains and a max-age of a year");
    }
}
