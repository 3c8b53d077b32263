using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Weir.Architecture.Tests.Metadata;

/// <summary>Decodes signatures to the types that they mention. A type is its namespace and the name of the outermost type that holds it.</summary>
internal sealed class TypeNames : ISignatureTypeProvider<IReadOnlyList<string>, object?>
{
    private static readonly IReadOnlyList<string> None = [];

    public static string Of(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil) type = reader.GetTypeDefinition(type.GetDeclaringType());
        return Join(reader, type.Namespace, type.Name);
    }

    public static string Of(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        return Join(reader, type.Namespace, type.Name);
    }

    public IReadOnlyList<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [Of(reader, handle)];

    public IReadOnlyList<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [Of(reader, handle)];

    public IReadOnlyList<string> GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
        => reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    public IReadOnlyList<string> GetGenericInstantiation(IReadOnlyList<string> type, ImmutableArray<IReadOnlyList<string>> arguments) => [.. type, .. arguments.SelectMany(static a => a)];

    public IReadOnlyList<string> GetFunctionPointerType(MethodSignature<IReadOnlyList<string>> signature) => [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(static p => p)];

    public IReadOnlyList<string> GetModifiedType(IReadOnlyList<string> modifier, IReadOnlyList<string> type, bool isRequired) => [.. type, .. modifier];

    public IReadOnlyList<string> GetArrayType(IReadOnlyList<string> type, ArrayShape shape) => type;

    public IReadOnlyList<string> GetByReferenceType(IReadOnlyList<string> type) => type;

    public IReadOnlyList<string> GetPinnedType(IReadOnlyList<string> type) => type;

    public IReadOnlyList<string> GetPointerType(IReadOnlyList<string> type) => type;

    public IReadOnlyList<string> GetSZArrayType(IReadOnlyList<string> type) => type;

    public IReadOnlyList<string> GetGenericMethodParameter(object? context, int index) => None;

    public IReadOnlyList<string> GetGenericTypeParameter(object? context, int index) => None;

    public IReadOnlyList<string> GetPrimitiveType(PrimitiveTypeCode code) => None;

    private static string Join(MetadataReader reader, StringHandle space, StringHandle name)
    {
        var text = reader.GetString(name);
        var tick = text.IndexOf('`');
        return reader.GetString(space) + "." + (tick < 0 ? text : text[..tick]);
    }
}
