using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>
/// gRPC's own health check, <c>grpc.health.v1.Health/Check</c>. The two messages are a text and a number: they are framed here, without a library.
/// </summary>
internal sealed class GrpcQuestion(ProbeWay way, Endpoint endpoint, ProbePlan plan) : IQuestion
{
    // Of HealthCheckResponse.ServingStatus.
    private const ulong Serving = 1;

    // Of gRPC's own.
    private const int NotFound = 5;
    private const int Unimplemented = 12;

    private readonly ProbeClient _client = new(way, endpoint, plan, UpstreamProtocol.Http2, "/grpc.health.v1.Health/Check");
    private readonly byte[] _message = Message(plan.Service);

    public async Task<string?> AskAsync(CancellationToken cancel)
    {
        using var request = _client.Request("POST");
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Content = new ByteArrayContent(_message) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };
        using var response = await _client.SendAsync(request, cancel);
        if ((int)response.StatusCode != 200) return "status " + ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        var (body, isWhole) = await ProbeClient.ReadAsync(response, cancel);
        if (!isWhole) return "an answer that is too large";
        // An error comes without a message: then its status is in the only head that there is.
        var status = Status(response.TrailingHeaders) ?? Status(response.Headers);
        if (status != "0") return status is null || !int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? "no grpc-status" : Words(code);
        return ReadStatus(body.Span) switch
        {
            null => "a malformed answer",
            Serving => null,
            2 => "not serving",
            3 => "an unknown service",
            _ => "an unknown state",
        };
    }

    public void Dispose() => _client.Dispose();

    private static string Words(int status) => status switch
    {
        NotFound => "the service is not known",
        Unimplemented => "no health service",
        _ => $"grpc-status {status.ToString(CultureInfo.InvariantCulture)}",
    };

    /// <summary>HealthCheckRequest: field 1 is the service's name.</summary>
    public static byte[] Message(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        List<byte> message = [];
        if (name.Length > 0)
        {
            message.Add(0x0A);
            for (var length = (uint)name.Length; ; length >>= 7)
            {
                message.Add((byte)(length > 0x7F ? length | 0x80 : length));
                if (length <= 0x7F) break;
            }

            message.AddRange(name);
        }

        var frame = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Count);
        return [.. frame, .. message];
    }

    /// <summary>HealthCheckResponse: field 1 is the status; an absent one is 0. Null when it is none.</summary>
    public static ulong? ReadStatus(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 5 || frame[0] != 0 || BinaryPrimitives.ReadUInt32BigEndian(frame[1..]) != frame.Length - 5) return null;
        var message = frame[5..];
        var status = 0UL;
        while (!message.IsEmpty)
        {
            if (!TryNumber(ref message, out var tag)) return null;
            var number = 0UL;
            var isRead = (tag & 7) switch
            {
                0 => TryNumber(ref message, out number),
                1 => TrySkip(ref message, 8),
                2 => TryNumber(ref message, out var length) && TrySkip(ref message, length),
                5 => TrySkip(ref message, 4),
                _ => false,
            };
            if (!isRead) return null;
            // Field 1, a varint.
            if (tag == 8) status = number;
        }

        return status;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> from, out ulong number)
    {
        number = 0;
        for (var i = 0; i < from.Length && i < 10; i++)
        {
            number |= (ulong)(from[i] & 0x7F) << (7 * i);
            if (from[i] > 0x7F) continue;
            from = from[(i + 1)..];
            return true;
        }

        return false;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> from, ulong bytes)
    {
        if (bytes > (ulong)from.Length) return false;
        from = from[(int)bytes..];
        return true;
    }

    private static string? Status(HttpResponseHeaders fields) => fields.TryGetValues("grpc-status", out var values) ? values.FirstOrDefault() : null;
}
