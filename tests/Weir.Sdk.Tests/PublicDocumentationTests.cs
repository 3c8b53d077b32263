using System.Reflection;
using System.Runtime.CompilerServices;
using Weir.Sdk.Policies;
using Weir.Sdk.Testing;

namespace Weir.Sdk.Tests;

/// <summary>The author of a policy has nothing but these docs.</summary>
public class PublicDocumentationTests
{
    [Theory]
    [InlineData(typeof(Policy))]
    [InlineData(typeof(TestExchange))]
    public void EveryPublicMemberIsDocumented(Type anchor)
    {
        var docs = File.ReadAllText(Path.ChangeExtension(anchor.Assembly.Location, ".xml"));
        var missing = anchor.Assembly.GetExportedTypes().SelectMany(Members).Where(name => !docs.Contains($"name=\"{name}\"") && !docs.Contains($"name=\"{name}(")).Distinct();
        missing.ShouldBeEmpty();
    }

    private static IEnumerable<string> Members(Type type)
    {
        var name = type.FullName!.Replace('+', '.');
        yield return "T:" + name;
        foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        {
            if (member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name is "value__" or "Deconstruct" || IsOfObject(member)) continue;
            switch (member)
            {
                case PropertyInfo property when !IsParameterOf(type, property.Name):
                    yield return $"P:{name}.{member.Name}";
                    break;
                case FieldInfo:
                    yield return $"F:{name}.{member.Name}";
                    break;
                case MethodInfo { IsSpecialName: false }:
                    yield return $"M:{name}.{member.Name}";
                    break;
            }
        }
    }

    // Of a record or a class with a primary constructor: the type's own summary tells them.
    private static bool IsParameterOf(Type type, string name)
        => type.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => string.Equals(p.Name, name, StringComparison.Ordinal));

    private static bool IsOfObject(MemberInfo member) => member.Name is "Equals" or "GetHashCode" or "ToString" or "CompareTo";
}
