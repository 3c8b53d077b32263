using System.Globalization;
using System.Text;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>A request, and the status and body that it is answered with.</summary>
internal sealed class HttpQuestion(ProbeWay way, Endpoint endpoint, ProbePlan plan) : IQuestion
{
    private readonly ProbeClient _client = new(way, endpoint, plan, way.Protocol, plan.Path);

    public async Task<string?> AskAsync(CancellationToken cancel)
    {
        using var request = _client.Request(plan.Method);
        using var response = await _client.SendAsync(request, cancel);
        var status = (int)response.StatusCode;
        if (!plan.Status.Any(s => s.Contains(status))) return "status " + status.ToString(CultureInfo.InvariantCulture);
        if (plan.BodyText is null && plan.BodyPattern is null) return null;
        var (body, _) = await ProbeClient.ReadAsync(response, cancel);
        return IsAsWanted(body.Span) ? null : "the body is not as wanted";
    }

    public void Dispose() => _client.Dispose();

    private bool IsAsWanted(ReadOnlySpan<byte> body)
        => plan.BodyText is { } text ? body.IndexOf(text) >= 0 : plan.BodyPattern!.IsMatch(Encoding.UTF8.GetString(body));
}
