namespace Weir.Sdk.Configuration;

/// <summary>
/// A file named in the configuration, read when the configuration is (16 MiB at most). Its content is part of the configuration: a change
/// of it is a change, and is taken up like one.
/// </summary>
/// <param name="Path">Full path; in the file it may be relative to the file that names it.</param>
/// <param name="Bytes">What is in it.</param>
public sealed record FileContent(string Path, ReadOnlyMemory<byte> Bytes);
