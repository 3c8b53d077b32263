using System.Globalization;
using System.Text;
using Weir.Config.Records;
using Weir.Http.Fields;
using Weir.Proxy.Model;

namespace Weir.Proxy.Snapshots;

/// <summary>What clients are told apart by: keys of their requests, and cookies that they are given.</summary>
internal static class KeyCompiler
{
    public static HashPlan Hash(HashKeySource by, string? name, HashTableKind table = default, double maxLoad = 0)
    {
        var isField = by == HashKeySource.Header;
        var text = Encoding.UTF8.GetBytes((isField ? name?.ToLowerInvariant() : name) ?? "");
        return new HashPlan(by, text, isField ? KnownFields.Find(text) : KnownField.Other, table, maxLoad);
    }

    /// <summary>What follows a cookie's value.</summary>
    public static byte[] CookieAttributes(string path, TimeSpan maxAge, SameSite sameSite)
    {
        var age = maxAge == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"; Max-Age={(long)maxAge.TotalSeconds}");
        return Encoding.ASCII.GetBytes($"; Path={path}{age}; HttpOnly; SameSite={sameSite}");
    }
}
