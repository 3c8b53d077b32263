using System.Globalization;
using Weir.Sdk.Configuration;
using YamlDotNet.RepresentationModel;

namespace Weir.Policies.Tests.Yaml;

/// <summary>Fills a policy's record from YAML, strictly: just what the READMEs' examples need, so that these tests depend on no other project.</summary>
internal static class RecordReader
{
    public static object Read(YamlNode node, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return Scalar(node);
        if (type == typeof(bool)) return bool.Parse(Scalar(node));
        if (type == typeof(int)) return int.Parse(Scalar(node), CultureInfo.InvariantCulture);
        if (type == typeof(TimeSpan)) return Duration(Scalar(node));
        if (type == typeof(Percent)) return Scalar(node) is "0" ? default : new Percent(double.Parse(Scalar(node).TrimEnd('%'), CultureInfo.InvariantCulture));
        if (type.IsEnum) return Enum.Parse(type, Scalar(node).Replace("-", ""), ignoreCase: true);
        if (type == typeof(IReadOnlyList<string>)) return ((YamlSequenceNode)node).Select(Scalar).ToArray();
        if (type == typeof(IReadOnlyDictionary<string, string>)) return ((YamlMappingNode)node).ToDictionary(p => Scalar(p.Key), p => Scalar(p.Value));
        return ReadRecord(node, type);
    }

    private static object ReadRecord(YamlNode node, Type type)
    {
        var record = Activator.CreateInstance(type)!;
        if (node is not YamlMappingNode map)
        {
            var shorthand = type.GetCustomAttributes(typeof(ShorthandAttribute), false).Cast<ShorthandAttribute>().SingleOrDefault()
                ?? throw new FormatException($"{type.Name} is no scalar");
            Set(record, shorthand.Member, node);
            return record;
        }

        foreach (var (key, value) in map) Set(record, string.Concat(Scalar(key).Split('-').Select(w => char.ToUpperInvariant(w[0]) + w[1..])), value);
        return record;
    }

    private static void Set(object record, string member, YamlNode value)
    {
        var property = record.GetType().GetProperty(member) ?? throw new FormatException($"{record.GetType().Name} has no {member}");
        if (value is YamlScalarNode && property.IsDefined(typeof(OneOrManyAttribute), false)) value = new YamlSequenceNode(value);
        property.SetValue(record, Read(value, property.PropertyType));
    }

    private static string Scalar(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    private static TimeSpan Duration(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var number = double.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture);
        return text[digits..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => throw new FormatException($"\"{text}\" is no duration"),
        };
    }
}
