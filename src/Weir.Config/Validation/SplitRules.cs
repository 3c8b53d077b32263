using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Splits and maintenance.</summary>
internal static class SplitRules
{
    private const int MostArms = 64;

    public static void Run(Check check, string path, SplitConfig split)
    {
        if (split.Arms.Count is < 2 or > MostArms && check.Places.Has(path, "arms")) check.Error(path + ".arms", "bad-split", $"a split has 2 to {MostArms} arms");
        else if (split.Arms.Count > 1 && split.Arms.All(a => a.Value.Weight == 0 && check.Places.Text($"{path}.arms.{a.Key}", "weight") is null or "0")) check.Error(path + ".arms", "no-weight", "all arms have weight 0: requests would go nowhere", "weight: 1");
        foreach (var name in split.Arms.Keys.Where(static n => !Tokens.IsToken(n))) check.Error($"{path}.arms.{name}", "bad-name", $"'{name}' cannot be the name of an arm");
        if (split.By != HashKeySource.Client && string.IsNullOrEmpty(split.Name)) check.Error(path + ".name", "no-name", "it is not said by which header field, cookie or query parameter", "name: …");
        if (split.By == HashKeySource.Client && split.Name is not null) check.Error(path + ".name", "no-place", "the client's address has no name", "by: header, cookie or query");
        if (split.By is HashKeySource.Header or HashKeySource.Cookie && split.Name is { Length: > 0 } key && !Tokens.IsToken(key)) check.Error(path + ".name", "bad-name", $"'{key}' is not the name of a header field or cookie");
        if (split.Sticky is not { } sticky) return;
        if (split.By != HashKeySource.Client || split.Seed is not null) check.Error(path + ".sticky", "two-keys", "a slot is either drawn and kept by a cookie of Weir's, or hashed", "leave 'by' and 'seed' out");
        CookieRules.Run(check, path + ".sticky", sticky.Cookie, sticky.Path, sticky.Keys);
    }

    public static void Maintenance(Check check, string path, MaintenanceConfig maintenance) => NetworkRules.Networks(check, path + ".allow", maintenance.Allow);
}
