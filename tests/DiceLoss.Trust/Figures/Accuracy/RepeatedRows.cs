using System.Runtime.InteropServices;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>
/// Rows of numbers that repeat: a period so many times, and then one more number. However often it is repeated, there are a few MiB of
/// memory behind it: the same pages, mapped again and again. What is written to one repetition is therefore seen in others.
/// </summary>
internal sealed unsafe partial class RepeatedRows : IDisposable
{
    private const int Page = 4096; // of elements of any type: a multiple of the pages that there are on x86-64
    private const int ReadWrite = 3, NoAccess = 0, Shared = 1, Fixed = 0x10, PrivateAnonymousNoReserve = 0x4022;

    /// <summary>Elements of the part of a row that is mapped again and again, where there is more than one repetition.</summary>
    public const long Chunk = 1 << 20;

    private readonly ElementType _type;
    private readonly long _period;
    private readonly byte* _memory;
    private readonly nint _mapped;

    /// <summary>Takes the memory.</summary>
    /// <param name="type">What the numbers are.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="period">Numbers in a period; a divisor of <see cref="Chunk"/> if there are repetitions.</param>
    /// <param name="repetitions">1, or a multiple of <see cref="Chunk"/> divided by the period.</param>
    public RepeatedRows(ElementType type, int rows, long period, long repetitions)
    {
        (_type, _period) = (type, period);
        Length = (period * repetitions) + 1;
        if (repetitions == 1)
        {
            RowStride = Length;
            _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(rows * Length * type.Size()), 64);
            return;
        }

        RowStride = Length - 1 + Page;
        _mapped = (nint)(rows * RowStride * type.Size());
        _memory = Map(0, _mapped, NoAccess, PrivateAnonymousNoReserve, -1, 0);
        long chunk = Chunk * type.Size(), tail = Page * type.Size();
        int file = MemfdCreate("rows", 0);
        if (file < 0 || Ftruncate(file, rows * (chunk + tail)) != 0) throw new InvalidOperationException($"No shared memory: error {Marshal.GetLastPInvokeError()}.");
        for (int row = 0; row < rows; row++)
        {
            byte* at = _memory + (row * RowStride * type.Size());
            long offset = row * (chunk + tail);
            for (long done = 0; done < (Length - 1) / Chunk; done++, at += chunk) Map((nint)at, (nint)chunk, ReadWrite, Shared | Fixed, file, (nint)offset);
            Map((nint)at, (nint)tail, ReadWrite, Shared | Fixed, file, (nint)(offset + chunk));
        }

        _ = Close(file);
    }

    /// <summary>Whether rows can have repetitions here: this operating system is one that the calls below are written for.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Numbers in a row.</summary>
    public long Length { get; }

    /// <summary>From one row to the next, in elements.</summary>
    public long RowStride { get; }

    /// <summary>The first number.</summary>
    public nint Address => (nint)_memory;

    /// <summary>Writes a row: a period and the last number.</summary>
    public void Write(int row, ReadOnlySpan<double> values)
    {
        for (long repetition = 0; repetition < Distinct; repetition++)
        {
            for (int i = 0; i < _period; i++) Write(AddressOf(row, (repetition * _period) + i), values[i]);
        }

        Write(AddressOf(row, Length - 1), values[^1]);
    }

    /// <summary>Reads a row: a period and the last number.</summary>
    /// <exception cref="InvalidDataException">The memory has repetitions that differ.</exception>
    public double[] Read(int row)
    {
        double[] values = new double[_period + 1];
        for (long repetition = 0; repetition < Distinct; repetition++)
        {
            for (int i = 0; i < _period; i++)
            {
                double value = Read(AddressOf(row, (repetition * _period) + i));
                if (repetition > 0 && !value.Equals(values[i])) throw new InvalidDataException($"Voxel {i} of row {row} is {values[i]:R}, and {value:R} {repetition} periods later.");
                values[i] = value;
            }
        }

        values[^1] = Read(AddressOf(row, Length - 1));
        return values;
    }

    public void Dispose()
    {
        if (_mapped == 0) NativeMemory.AlignedFree(_memory);
        else _ = Munmap(_memory, _mapped);
    }

    // Repetitions that have memory of their own.
    private long Distinct => _mapped == 0 ? 1 : Chunk / _period;

    private nint AddressOf(int row, long i) => (nint)(_memory + (((row * RowStride) + i) * _type.Size()));

    private double Read(nint address) => _type.IsFloatingPoint() ? Elements.ReadNumber(address, _type) : Elements.ReadInteger(address, _type);

    private void Write(nint address, double value)
    {
        if (_type.IsFloatingPoint()) Elements.WriteNumber(address, _type, value);
        else Elements.WriteInteger(address, _type, checked((long)value));
    }

    private static byte* Map(nint address, nint length, int protection, int flags, int file, nint offset)
    {
        byte* mapped = Mmap(address, length, protection, flags, file, offset);
        return (nint)mapped != -1 ? mapped : throw new InvalidOperationException($"mmap failed with error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Ftruncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Munmap(byte* address, nint length);
}
