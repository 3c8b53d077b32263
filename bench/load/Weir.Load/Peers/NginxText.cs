namespace Weir.Load.Peers;

/// <summary>What NGINX needs said the same way whether it is the proxy or the origin.</summary>
internal static class NginxText
{
    public static string Start(string folder) => $$"""
        daemon off;
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid {{folder}}/nginx.pid;
        error_log {{folder}}/error.log error;
        events { worker_connections 19000; }

        """;

    public static string Http(string folder) => $"""
          client_body_temp_path {folder}/body;
          proxy_temp_path {folder}/proxy;
          fastcgi_temp_path {folder}/fastcgi;
          uwsgi_temp_path {folder}/uwsgi;
          scgi_temp_path {folder}/scgi;
          keepalive_requests 1000000000;
          keepalive_timeout 600s;
        """;

    public static IReadOnlyList<string> Command(string binary, string folder, string file) =>
        [binary, "-p", folder, "-e", Path.Combine(folder, "error.log"), "-c", file];
}
