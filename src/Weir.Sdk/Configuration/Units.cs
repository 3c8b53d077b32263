namespace Weir.Sdk.Configuration;

/// <summary>A number of bytes, written <c>512</c>, <c>64KiB</c>, <c>10MiB</c>, <c>1GiB</c>, or with powers of ten <c>10kB</c>, <c>10MB</c>, <c>1GB</c>.</summary>
public readonly record struct ByteSize(long Bytes)
{
    /// <summary>So many times 1024 bytes.</summary>
    public static ByteSize KiB(long n) => new(n * 1024);

    /// <summary>So many times 1024 KiB.</summary>
    public static ByteSize MiB(long n) => new(n * 1024 * 1024);

    /// <summary>As it is written: the largest unit that divides it.</summary>
    public override string ToString()
    {
        if (Bytes == 0) return "0";
        if (Bytes % (1L << 30) == 0) return (Bytes >> 30) + "GiB";
        if (Bytes % (1L << 20) == 0) return (Bytes >> 20) + "MiB";
        return Bytes % 1024 == 0 ? (Bytes >> 10) + "KiB" : Bytes.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>So many of a hundred, written <c>20%</c> or <c>0.5%</c>.</summary>
public readonly record struct Percent(double Value)
{
    /// <summary>The part of one: 0.2 for 20%.</summary>
    public double Fraction => Value / 100;

    /// <summary>As it is written.</summary>
    public override string ToString() => Value.ToString("0.##########", System.Globalization.CultureInfo.InvariantCulture) + "%";
}

/// <summary>So many per so long, written <c>100/min</c>, <c>5/s</c>, <c>1000/h</c>, <c>10000/d</c>.</summary>
public readonly record struct Rate(long Count, TimeSpan Per);
