using System.Security.Cryptography;
using System.Text;
using Weir.Load.Loads;
using Weir.Load.Measure;
using Weir.Load.Processes;

namespace Weir.Load.Peers;

/// <summary>
/// The origin behind every peer: NGINX that answers from memory and sends files by sendfile, cheap enough to leave the peer the bottleneck.
/// It also counts: the number of requests that reached it is what CPU time is divided by.
/// </summary>
internal sealed class Origin : IRequestCount, IDisposable
{
    public const string SmallPath = "/", Body64KPath = "/64k.bin", Body1MPath = "/1m.bin", FieldsPath = "/weir-load-fields", GrpcPath = "/weir.load.Echo/Say", UploadPath = "/upload";

    /// <summary>126 bytes.</summary>
    private const string SmallBody =
        """{"id":42,"sku":"WR-2210","name":"Gate, oak, 2.2 m","price":{"amount":1295,"currency":"EUR"},"stock":17,"tags":["oak","river"]}""";

    private readonly ChildProcess _process;
    private readonly RawHttp.Kept _counter;

    private Origin(ChildProcess process, int port, int http2Port)
    {
        _process = process;
        Port = port;
        Http2Port = http2Port;
        _counter = new RawHttp.Kept(port);
    }

    public int Port { get; }

    /// <summary>HTTP/2 without TLS, by prior knowledge.</summary>
    public int Http2Port { get; }

    public static Origin Start(TempFolder temp, int port, int http2Port, int cpu)
    {
        string folder = temp.Folder("origin");
        WriteBody(folder, Body64KPath, 64 * 1024);
        WriteBody(folder, Body1MPath, 1024 * 1024);
        string file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, NginxText.Start(folder) + $$"""
            http {
            {{NginxText.Http(folder)}}
              access_log off;
              sendfile on;
              sendfile_max_chunk 512k;
              open_file_cache max=16;
              default_type application/octet-stream;
              server {
                listen 127.0.0.1:{{port}} backlog=4096;
                root {{folder}};
                location / { default_type application/json; return 200 '{{SmallBody}}'; }
                location ~ \.bin$ { }
                # Read to its end before it is answered, as below, and from memory.
                client_body_buffer_size 128k;
                location = {{UploadPath}} { mirror /mirror; error_page 403 404 405 =200 @taken; }
                location = /mirror { internal; return 204; }
                location @taken { default_type application/json; return 200 '{"taken":true}'; }
                location = {{FieldsPath}} { return 200 "$http_x_forwarded_for|$http_x_forwarded_proto|$http_x_forwarded_host|$http_x_request_id|$http_host"; }
                location = /weir-load-count { stub_status; }
              }
              server {
                listen 127.0.0.1:{{http2Port}} http2 backlog=4096;
                http2_max_concurrent_streams 1000;
                # To mirror is to read the request's message before it is answered, as a service of gRPC does.
                location / { mirror /mirror; error_page 403 404 405 =200 @say; }
                location = /mirror { internal; return 204; }
                location @say { default_type application/grpc; add_trailer grpc-status 0; return 200 'hello'; }
              }
            }

            """);
        var process = ChildProcess.Start(cpu, NginxText.Command(Tools.Nginx, folder, file));
        for (int tries = 0; tries < 500; tries++)
        {
            if (RawHttp.TryGet(port, SmallPath, out Reply reply) && reply.Body.Length == 126)
                return new Origin(process, port, http2Port);
            if (process.HasExited)
                break;
            Thread.Sleep(10);
        }

        string errors = process.Errors;
        process.Dispose();
        throw new BenchException($"the origin does not answer: {errors.Trim()}");
    }

    /// <summary>Requests so far, this one included.</summary>
    public long Count()
    {
        string text = Encoding.ASCII.GetString(_counter.Get("/weir-load-count").Body);
        return long.Parse(text.Split('\n')[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
    }

    public void Dispose()
    {
        _counter.Dispose();
        _process.Dispose();
    }

    /// <summary>Bytes that do not compress and are the same in every run.</summary>
    private static void WriteBody(string folder, string path, int length)
    {
        byte[] body = new byte[length];
        byte[] block = SHA256.HashData(Encoding.ASCII.GetBytes(path));
        for (int at = 0; at < length; at += block.Length)
        {
            block.CopyTo(body, at);
            block = SHA256.HashData(block);
        }

        File.WriteAllBytes(folder + path, body);
    }
}
