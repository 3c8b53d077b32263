using System.Text.Json.Serialization;
using Weir.Explaining;
using Weir.Running.Overlays;

namespace Weir.Commands;

/// <summary>What <c>weir check --json</c> prints.</summary>
internal sealed record CheckView(bool Valid, string Config, string Digest, IReadOnlyList<DiagnosticView> Diagnostics);

/// <summary>One problem with its place; line and column are 0 when it has none.</summary>
internal sealed record DiagnosticView(string Severity, string File, int Line, int Column, string Code, string Message, string? Hint);

/// <summary>One of what <c>weir routes --json</c> prints.</summary>
internal sealed record ListedRoute(
    string Name, IReadOnlyList<string> Host, IReadOnlyList<string> Path, IReadOnlyList<string> Methods, int Priority, string Action, IReadOnlyList<string> Listeners,
    bool Maintenance, IReadOnlyList<OverlayEntry> Changes);

/// <summary>The shapes of JSON that commands print.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckView))]
[JsonSerializable(typeof(List<ListedRoute>))]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class CommandJson : JsonSerializerContext;
