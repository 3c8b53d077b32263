using System.Text;

namespace Weir.Load.Peers;

/// <summary>NGINX as a reverse proxy; with buffers of its default size, or as large as large bodies want them.</summary>
internal sealed class NginxPeer(string name, string binary, bool largeBuffers) : Peer(name, binary)
{
    private const string StreamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";

    public override string Setup => "1 worker, HTTP/1.1 keep-alive upstream (1100 idle), no temp files, "
        + (largeBuffers ? "proxy_buffers 8 64k, proxy_buffer_size 64k, client_body_buffer_size 128k" : "default proxy_buffers");

    public override bool Reloads => true;

    protected override string VersionArgument => "-v";

    public override string? LogFile(PeerSettings settings) => settings.Logs ? Path.Combine(settings.Folder, "access.log") : null;

    public override PeerCommand Configure(PeerSettings settings)
    {
        string folder = settings.Folder;
        var text = new StringBuilder(NginxText.Start(folder));
        text.Append($$"""
            http {
            {{NginxText.Http(folder)}}
              proxy_max_temp_file_size 0;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_set_header X-Forwarded-Host $http_host;
              proxy_set_header X-Request-ID $request_id;

            """);
        if (largeBuffers)
            text.Append("  proxy_buffers 8 64k;\n  proxy_buffer_size 64k;\n  client_body_buffer_size 128k;\n");
        text.Append(settings.Logs ? Log(LogFile(settings)!) : "  access_log off;\n");
        text.Append($$"""
              upstream origin {
                server 127.0.0.1:{{settings.OriginPort}};
                keepalive 1100;
                keepalive_requests 1000000000;
                keepalive_timeout 600s;
              }
              upstream grpc_origin {
                server 127.0.0.1:{{settings.OriginHttp2Port}};
                keepalive 1100;
                keepalive_requests 1000000000;
                keepalive_timeout 600s;
              }
              server {
                listen 127.0.0.1:{{settings.Port}} backlog=4096{{(settings.Http2 ? " http2" : "")}}{{(settings.Tls is { } tls ? $" ssl; ssl_certificate {tls.Cert}; ssl_certificate_key {tls.Key}; ssl_protocols TLSv1.3; ssl_session_tickets on" : "")}};
                location / { proxy_pass http://origin; }
                location {{Origin.GrpcPath}} {
                  grpc_set_header Host $http_host;
                  grpc_set_header X-Forwarded-For $remote_addr;
                  grpc_set_header X-Forwarded-Proto $scheme;
                  grpc_set_header X-Forwarded-Host $http_host;
                  grpc_set_header X-Request-ID $request_id;
                  grpc_pass grpc://grpc_origin;
                }

            """);
        if (settings.Logs)
            text.Append("    location = /weir-load-status { stub_status; }\n");
        if (settings.Marker is not null)
            text.Append($"    location = {PeerSettings.MarkerPath} {{ return 200 \"{settings.Marker}\"; }}\n");
        for (int i = 0; i < settings.Routes; i++)
            text.Append($"    location {RouteTable.Prefix(i)} {{ proxy_pass http://origin; }}\n");
        text.Append("  }\n}\n");

        if (settings.UdpOriginPort > 0)
        {
            text.Append($"stream {{ server {{ listen 127.0.0.1:{settings.Port} udp; proxy_pass 127.0.0.1:{settings.UdpOriginPort}; proxy_timeout 60s; }} }}\n");
            // Debian has it apart; other builds may have it inside.
            if (File.Exists(StreamModule) && Binary.StartsWith("/usr/sbin/", StringComparison.Ordinal))
                text.Insert(0, $"load_module {StreamModule};\n");
        }

        string file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, text.ToString());
        return new PeerCommand(NginxText.Command(Binary, folder, file));
    }

    private static string Log(string file) => $$"""
          log_format record escape=json '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","host":"$http_host",'
            '"path":"$request_uri","protocol":"$server_protocol","status":$status,"bytes":$body_bytes_sent,"duration":$request_time,'
            '"endpoint":"$upstream_addr","upstream_connect":"$upstream_connect_time","upstream_first_byte":"$upstream_header_time",'
            '"upstream_total":"$upstream_response_time","agent":"$http_user_agent","id":"$request_id"}';
          access_log {{file}} record buffer=64k flush=1s;

        """;
}
