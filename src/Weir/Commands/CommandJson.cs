using System.Text.Json.Serialization;

namespace Weir.Commands;

/// <summary>What <c>weir check --json</c> prints.</summary>
internal sealed record CheckView(bool Valid, string Config, string Digest, IReadOnlyList<DiagnosticView> Diagnostics);

/// <summary>One problem with its place; line and column are 0 when it has none.</summary>
internal sealed record DiagnosticView(string Severity, string File, int Line, int Column, string Code, string Message, string? Hint);

/// <summary>The shapes of JSON that commands print.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckView))]
internal sealed partial class CommandJson : JsonSerializerContext;
