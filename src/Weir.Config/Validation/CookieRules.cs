using System.Text;

namespace Weir.Config.Validation;

/// <summary>Cookies that Weir makes and signs.</summary>
internal static class CookieRules
{
    private const int ShortestKey = 16;

    public static void Run(Check check, string path, string name, string cookiePath, IReadOnlyList<Secret> keys)
    {
        if (name.Length > 0 && !Tokens.IsToken(name)) check.Error(path + ".cookie", "bad-name", $"'{name}' is not the name of a cookie");
        if (!cookiePath.StartsWith('/') || cookiePath.Any(static c => c is < ' ' or > '~' or ';' or ',' or '"')) check.Error(path + ".path", "bad-path", $"'{cookiePath}' is not the path of a cookie", "/");
        if (keys.Count == 0 && check.Places.Has(path, "keys")) check.Error(path + ".keys", "no-key", "a key is needed to sign with", "openssl rand -hex 32");
        for (var i = 0; i < keys.Count; i++)
            if (Encoding.UTF8.GetByteCount(keys[i].Value) is > 0 and < ShortestKey) check.Error($"{path}.keys[{i}]", "weak-key", $"a key has at least {ShortestKey} bytes", "openssl rand -hex 32");
    }
}
