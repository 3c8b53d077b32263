using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Weir.Architecture.Tests.Metadata;

/// <summary>The tokens that a method's body mentions: types, members and instantiations.</summary>
internal static class MethodTokens
{
    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoBytes = new OpCode[256];

    static MethodTokens()
    {
        foreach (var field in typeof(OpCodes).GetFields())
        {
            var code = (OpCode)field.GetValue(null)!;
            if (code.Size == 1) OneByte[(byte)code.Value] = code;
            else TwoBytes[(byte)code.Value] = code;
        }
    }

    public static IEnumerable<EntityHandle> Of(MethodBodyBlock body)
    {
        var found = new List<EntityHandle>();
        var il = body.GetILReader();
        while (il.RemainingBytes > 0)
        {
            var first = il.ReadByte();
            var code = first == 0xFE ? TwoBytes[il.ReadByte()] : OneByte[first];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    found.Add((EntityHandle)MetadataTokens.Handle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = il.ReadInt32();
                    il.Offset += targets * 4;
                    break;
                default:
                    il.Offset += Length(code.OperandType);
                    break;
            }
        }

        found.AddRange(body.ExceptionRegions.Where(static r => !r.CatchType.IsNil).Select(static r => r.CatchType));
        return found;
    }

    private static int Length(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
