using System.Text;

namespace Weir.Config.Tests.Formatting;

/// <summary>Valid YAML laid out badly, rich in comments, anchors, flow and block scalars. The same for the same seed.</summary>
internal sealed class RandomYaml(int seed)
{
    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();
    private readonly List<string> _anchors = [];
    private int _names;

    public static string Make(int seed)
    {
        var yaml = new RandomYaml(seed);
        yaml.Mapping(0, 0);
        if (yaml.Chance(20)) yaml._text.Length = yaml._text.ToString().TrimEnd('\n').Length;
        return yaml._text.ToString();
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private string Spaces(int least = 1) => new(' ', Chance(60) ? least : least + _random.Next(4));

    private string Name() => "k" + _names++;

    private void Noise(int indent)
    {
        while (Chance(15)) _text.Append(Chance(30) ? "   \n" : "\n");
        if (Chance(15)) _text.Append(' ', Chance(70) ? indent : _random.Next(indent + 3)).Append("# note ").Append(_names++).Append(Spaces(0)).Append('\n');
        if (Chance(5)) _text.Append('\n');
    }

    private void EndLine() => _text.Append(Chance(20) ? Spaces() + "# in: " + _names++ : Spaces(0)).Append('\n');

    private void Mapping(int indent, int depth)
    {
        var count = 1 + _random.Next(4);
        for (var i = 0; i < count; i++)
        {
            if (i > 0 || depth == 0) Noise(indent);
            if (i > 0 || _text.Length == 0 || _text[^1] == '\n') _text.Append(' ', indent);
            _text.Append(Chance(15) ? $"\"{Name()} x\"" : Name()).Append(Chance(10) ? " :" : ":");
            Value(indent, depth);
        }
    }

    private void Value(int indent, int depth)
    {
        var kind = _random.Next(depth > 4 ? 6 : 10);
        var anchor = kind != 4 && Chance(12) ? "&a" + _names++ : null;
        if (anchor is not null) _text.Append(Spaces()).Append(anchor);
        switch (kind)
        {
            case <= 2:
                _text.Append(Spaces()).Append(Scalar(indent + 1));
                EndLine();
                break;
            case 3:
                Block(indent);
                break;
            case 4:
                _text.Append(Spaces()).Append(_anchors.Count > 0 ? "*" + _anchors[_random.Next(_anchors.Count)] : "~");
                EndLine();
                break;
            case 5:
                _text.Append(Spaces());
                Flow(indent + 1, 0);
                EndLine();
                break;
            case <= 7:
                EndLine();
                Mapping(indent + 1 + _random.Next(5), depth + 1);
                break;
            default:
                EndLine();
                Sequence(Chance(40) ? indent : indent + 1 + _random.Next(4), depth + 1);
                break;
        }

        if (anchor is not null) _anchors.Add(anchor[1..]);
    }

    private void Sequence(int indent, int depth)
    {
        var count = 1 + _random.Next(3);
        for (var i = 0; i < count; i++)
        {
            Noise(indent);
            _text.Append(' ', indent).Append('-');
            if (Chance(40) && depth < 5)
            {
                var gap = 1 + _random.Next(3);
                _text.Append(' ', gap);
                Mapping(indent + 1 + gap, depth + 1);
            }
            else
            {
                _text.Append(Spaces()).Append(Scalar(indent + 1));
                EndLine();
            }
        }
    }

    private string Scalar(int indent)
    {
        var more = "\n" + new string(' ', indent + _random.Next(4));
        return _random.Next(9) switch
        {
            0 => "plain text",
            1 => "'it''s # no comment'",
            2 => "\"esc \\n \\u00e9 \\\" : - \"",
            3 => "one" + more + "two" + (Chance(50) ? "\n" + more + "three" : ""),
            4 => "\"a " + (Chance(30) ? "\\" : "") + more + "b  " + more + "\\  c\"",
            5 => "'x" + Spaces(0) + more + "y'",
            6 => "http://h:80/#x",
            7 => "!t tagged",
            _ => _random.Next(1000).ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    private void Block(int indent)
    {
        var inner = indent + 1 + _random.Next(4);
        var digit = Chance(15) ? (inner - indent).ToString(System.Globalization.CultureInfo.InvariantCulture) : "";
        _text.Append(Spaces()).Append(Chance(50) ? '|' : '>').Append(digit).Append(_random.Next(3) switch { 0 => "-", 1 => "+", _ => "" });
        _text.Append(Chance(20) ? " # head " + _names++ : "").Append('\n');
        var count = 1 + _random.Next(4);
        for (var i = 0; i < count; i++)
        {
            if (i > 0 && Chance(25)) _text.Append(' ', _random.Next(inner + 1)).Append('\n');
            var deeper = i > 0 || digit.Length > 0 ? _random.Next(3) : 0;
            _text.Append(' ', inner + deeper).Append(Chance(20) ? "# content " : "line ").Append(_names++).Append(Spaces(0)).Append('\n');
        }

        while (Chance(20)) _text.Append('\n');
    }

    private void Flow(int indent, int depth)
    {
        var map = Chance(50);
        _text.Append(map ? '{' : '[').Append(Spaces(0));
        var count = _random.Next(4);
        for (var i = 0; i < count; i++)
        {
            if (i > 0) _text.Append(Spaces(0)).Append(',').Append(Spaces(0));
            if (Chance(15)) _text.Append(Chance(50) ? " # flow " + _names++ : "").Append('\n').Append(' ', indent + _random.Next(4));
            if (map) _text.Append(Name()).Append(Chance(20) ? " : " : ": ");
            if (Chance(25) && depth < 3) Flow(indent, depth + 1);
            else _text.Append(Chance(20) ? "\"q, }\"" : Chance(15) && _anchors.Count > 0 ? "*" + _anchors[^1] + " " : "v" + _names++);
        }

        _text.Append(Spaces(0)).Append(map ? '}' : ']');
    }
}
