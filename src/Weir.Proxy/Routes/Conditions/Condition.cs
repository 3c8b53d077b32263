using Weir.Http.Fields;

namespace Weir.Proxy.Routes.Conditions;

internal enum ConditionSubject : byte { Header, Query, Client }

internal enum ConditionTest : byte { Exact, Prefix, Regex, Present, Absent, Blocks }

/// <summary>
/// One condition besides host, path and method, as numbers: texts lie in the table's pool. <paramref name="Extra"/> is the position
/// of a regex, or of the first address block with <paramref name="ValueLength"/> as their number.
/// </summary>
internal readonly record struct Condition(
    ConditionSubject Subject, ConditionTest Test, KnownField Field, int NameStart, int NameLength, int ValueStart, int ValueLength, int Extra);
