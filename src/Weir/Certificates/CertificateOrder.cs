using System.Security.Cryptography;
using System.Text;
using Weir.Config.Records;

namespace Weir.Certificates;

/// <summary>A certificate that is wanted: from which authority, and for which names. Equal to another with the same ones in any order.</summary>
internal sealed class CertificateOrder : IEquatable<CertificateOrder>
{
    private CertificateOrder(string directory, string[] names)
    {
        (Directory, Names) = (directory, names);
        var all = directory + "\n" + string.Join('\n', names.Order(StringComparer.Ordinal));
        Id = FolderName(names[0]) + "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)).AsSpan(0, 6));
    }

    /// <summary>The authority's directory.</summary>
    public string Directory { get; }

    /// <summary>In canonical form, none twice; the first gives the folder its name.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The name of its folder: the first name, and a digest of the authority and all names.</summary>
    public string Id { get; }

    /// <summary>Null with the reason when a certificate cannot be for these names.</summary>
    public static CertificateOrder? Make(string directory, IReadOnlyList<string> names, out string reason)
    {
        reason = names.Count is > 0 and <= CertificateName.Most ? "" : $"a certificate is for 1 to {CertificateName.Most} names";
        if (reason.Length > 0) return null;
        var canonical = new List<string>();
        foreach (var name in names)
        {
            if (!CertificateName.TryParse(name, out var one, out reason))
            {
                reason = $"'{name}': {reason}";
                return null;
            }

            if (!canonical.Contains(one)) canonical.Add(one);
        }

        return new CertificateOrder(directory, [.. canonical]);
    }

    public bool Equals(CertificateOrder? other) => other?.Id == Id;

    public override bool Equals(object? obj) => Equals(obj as CertificateOrder);

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Join(", ", Names);

    // A host name is a file's name already; of an IPv6 address only the colons are not.
    private static string FolderName(string name) => name.Length > 100 ? name[..100].Replace(':', '_') : name.Replace(':', '_');
}
