using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Inspection;

/// <summary>What a request is hashed by, for people.</summary>
internal static class KeyText
{
    public static string Of(OfflineExchange x, HashPlan plan)
    {
        if (plan.Source == HashKeySource.Client) return $"client {x.ClientAddress}";
        var name = $"{plan.Source.ToString().ToLowerInvariant()} {Encoding.UTF8.GetString(plan.Name)}";
        var value = RequestKey.Find(x.Request, plan);
        return value.IsEmpty ? $"client {x.ClientAddress}, since there is no {name}" : $"{name} \"{Encoding.UTF8.GetString(value)}\"";
    }
}
