using System.Text;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.GrpcWeb;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>A call of gRPC-Web allocates nothing either, whatever is translated of it.</summary>
[Collection(nameof(Quiet))]
public class GrpcWebAllocationTests
{
    private static readonly byte[] Answer = Encoding.Latin1.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n"
        + WebCalls.Chunks([WebCalls.Message("hello")[..3], WebCalls.Message("hello")[3..], WebCalls.Message("second")])[..^2] + "grpc-status: 0\r\nx-a: b\r\n\r\n");

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web-text")]
    public async Task A_call_allocates_nothing(string type)
    {
        if (!SteadyState.Optimised) return;
        await using var origin = Origin.Start(static (wire, _) => SteadyState.ServeAsync(wire, ["asked", "asked\r\n0\r\n\r\n"], static _ => Answer), records: false);
        await using var gateway = await WebCalls.StartAsync(origin.Url, cluster: "pool: { connections: 4000, idle: 4000 }", route: "policies: [{ delay: 1ms }]");
        var body = WebCalls.Message("asked");
        if (type.EndsWith("text", StringComparison.Ordinal)) body = WebCalls.Encode(body);
        await SteadyState.ShouldAllocateNothingAsync(gateway, 64, 200, WebCalls.Head(type, $"Content-Length: {body.Length}\r\n") + body, answerEnds: "\r\n0\r\n\r\n");
    }
}
