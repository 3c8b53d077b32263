using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Weir.Architecture.Tests.Metadata;

/// <summary>A use of one type by another, both outermost types with their namespace.</summary>
internal readonly record struct Use(string From, string To);

/// <summary>
/// Which types of an assembly use which types: by what they derive from, hold, take and give, and by what their methods' bodies
/// mention. Constants are not seen, since the compiler copies their values.
/// </summary>
internal sealed class AssemblyUses
{
    private readonly TypeNames _names = new();
    private readonly HashSet<Use> _uses = [];
    private readonly PEReader _file;
    private readonly MetadataReader _reader;

    private AssemblyUses(PEReader file) => (_file, _reader) = (file, file.GetMetadataReader());

    public static IReadOnlyCollection<Use> Of(string name)
    {
        using var file = new PEReader(File.OpenRead(Repository.Assembly(name)));
        var uses = new AssemblyUses(file);
        foreach (var handle in uses._reader.TypeDefinitions) uses.Read(handle);
        return uses._uses;
    }

    /// <summary>Names of the assemblies that an assembly refers to.</summary>
    public static IReadOnlyList<string> References(string name)
    {
        using var file = new PEReader(File.OpenRead(Repository.Assembly(name)));
        var reader = file.GetMetadataReader();
        return [.. reader.AssemblyReferences.Select(r => reader.GetString(reader.GetAssemblyReference(r).Name))];
    }

    /// <summary>The outermost types of an assembly, with namespace; without what the compiler made.</summary>
    public static IReadOnlyList<string> Types(string name)
    {
        using var file = new PEReader(File.OpenRead(Repository.Assembly(name)));
        var reader = file.GetMetadataReader();
        return [.. reader.TypeDefinitions.Where(t => reader.GetTypeDefinition(t).GetDeclaringType().IsNil).Select(t => TypeNames.Of(reader, t)).Where(static t => !t.Contains('<'))];
    }

    private void Read(TypeDefinitionHandle handle)
    {
        var from = TypeNames.Of(_reader, handle);
        var type = _reader.GetTypeDefinition(handle);
        if (!type.BaseType.IsNil) Add(from, type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) Add(from, _reader.GetInterfaceImplementation(implemented).Interface);
        foreach (var field in type.GetFields()) Add(from, _reader.GetFieldDefinition(field).DecodeSignature(_names, null));
        foreach (var property in type.GetProperties()) Add(from, _reader.GetPropertyDefinition(property).DecodeSignature(_names, null));
        foreach (var parameter in type.GetGenericParameters())
            foreach (var constraint in _reader.GetGenericParameter(parameter).GetConstraints()) Add(from, _reader.GetGenericParameterConstraint(constraint).Type);
        foreach (var method in type.GetMethods()) Read(from, _reader.GetMethodDefinition(method));
    }

    private void Read(string from, MethodDefinition method)
    {
        Add(from, method.DecodeSignature(_names, null));
        if (method.RelativeVirtualAddress == 0) return;
        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            foreach (var local in _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null)) Add(from, local);
        foreach (var token in MethodTokens.Of(body)) Add(from, token);
    }

    private void Add(string from, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Add(from, [TypeNames.Of(_reader, (TypeDefinitionHandle)handle)]);
                break;
            case HandleKind.TypeReference:
                Add(from, [TypeNames.Of(_reader, (TypeReferenceHandle)handle)]);
                break;
            case HandleKind.TypeSpecification:
                Add(from, _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null));
                break;
            case HandleKind.FieldDefinition:
                var field = _reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                Add(from, field.GetDeclaringType());
                Add(from, field.DecodeSignature(_names, null));
                break;
            case HandleKind.MethodDefinition:
                var method = _reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                Add(from, method.GetDeclaringType());
                Add(from, method.DecodeSignature(_names, null));
                break;
            case HandleKind.MemberReference:
                var member = _reader.GetMemberReference((MemberReferenceHandle)handle);
                Add(from, member.Parent);
                if (member.GetKind() == MemberReferenceKind.Field) Add(from, member.DecodeFieldSignature(_names, null));
                else Add(from, member.DecodeMethodSignature(_names, null));
                break;
            case HandleKind.MethodSpecification:
                var generic = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(from, generic.Method);
                foreach (var argument in generic.DecodeSignature(_names, null)) Add(from, argument);
                break;
        }
    }

    private void Add(string from, MethodSignature<IReadOnlyList<string>> signature)
    {
        Add(from, signature.ReturnType);
        foreach (var parameter in signature.ParameterTypes) Add(from, parameter);
    }

    private void Add(string from, IReadOnlyList<string> types)
    {
        foreach (var to in types)
            if (to != from) _uses.Add(new Use(from, to));
    }
}
