using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Takes a few channels that lie side by side apart, or puts them together again: of 2, 4 or 8 bytes, on processors that can, where that is faster
/// than <see cref="Transposition"/>. As many registers as there are channels become as many others, each of which takes elements from every one.
/// </summary>
internal static unsafe class Interleaving
{
    /// <summary>Whether so many channels and voxels can be moved here.</summary>
    public static bool Takes(int channels, int voxels, int elementSize) => channels >= 2 && channels <= MostChannels(elementSize) && voxels >= Vector512<byte>.Count / elementSize;

    /// <summary>From voxels with their channels side by side to a row for each channel.</summary>
    /// <param name="voxels">The voxels, next to each other.</param>
    /// <param name="rows">The row of channel 0.</param>
    /// <param name="rowStride">Bytes from one row to the next.</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="count">How many voxels.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    public static void Split(byte* voxels, byte* rows, nint rowStride, int channels, int count, int elementSize) =>
        Move(isJoin: false, voxels, rows, rowStride, channels, count, elementSize);

    /// <summary>From rows to voxels.</summary>
    /// <inheritdoc cref="Split" path="/param"/>
    public static void Join(byte* rows, nint rowStride, byte* voxels, int channels, int count, int elementSize) =>
        Move(isJoin: true, voxels, rows, rowStride, channels, count, elementSize);

    private static void Move(bool isJoin, byte* voxels, byte* rows, nint rowStride, int channels, int count, int elementSize)
    {
        switch (elementSize)
        {
            case sizeof(ushort): Move<ushort>(isJoin, voxels, rows, rowStride, channels, count); break;
            case sizeof(uint): Move<uint>(isJoin, voxels, rows, rowStride, channels, count); break;
            default: Move<ulong>(isJoin, voxels, rows, rowStride, channels, count); break;
        }
    }

    private static void Move<T>(bool isJoin, byte* voxels, byte* rows, nint rowStride, int channels, int count)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (Avx512BW.IsSupported) Registers<Wide<T>, Vector512<byte>, T>.Move(isJoin, voxels, rows, rowStride, channels, count);
        else Registers<Narrow<T>, Vector256<byte>, T>.Move(isJoin, voxels, rows, rowStride, channels, count);
    }

    // Every register costs as many operations as there are channels; a square does not, and of 2 bytes costs more.
    private static int MostChannels(int elementSize) => elementSize switch
    {
        sizeof(ushort) => Avx2.IsSupported ? 8 : 0,
        sizeof(uint) => Avx512BW.IsSupported ? 7 : Avx2.IsSupported ? 3 : 0,
        sizeof(ulong) => Avx512BW.IsSupported ? 7 : 0,
        _ => 0,
    };

    private interface IRegister<TVector>
    {
        /// <summary>Pieces of memory that fill a register.</summary>
        static abstract int Pieces { get; }

        static abstract TVector Load(byte* source, nint apart, byte* pattern);

        /// <summary>Elements of the next register, by its pattern; elsewhere what is there.</summary>
        static abstract TVector Take(TVector value, TVector next, byte* pattern);

        static abstract void Store(byte* destination, nint apart, TVector value, byte* pattern);

        /// <summary>Makes the patterns for so many channels: [register that goes in], then [register that comes out][register that goes in]; of these the first is for <see cref="Store"/>.</summary>
        static abstract void MakePatterns(byte* patterns, int channels, bool isJoin);
    }

    /// <summary>512 bits: an instruction takes elements of two registers from anywhere.</summary>
    private readonly struct Wide<T> : IRegister<Vector512<byte>>
        where T : unmanaged, IBinaryInteger<T>
    {
        public static int Pieces => 1;

        private static int Lanes => Vector512<byte>.Count / sizeof(T);

        public static Vector512<byte> Load(byte* source, nint apart, byte* pattern) => Vector512.Load(source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<byte> Take(Vector512<byte> value, Vector512<byte> next, byte* pattern)
        {
            if (typeof(T) == typeof(ushort)) return Avx512BW.PermuteVar32x16x2(value.AsUInt16(), Vector512.Load((ushort*)pattern), next.AsUInt16()).AsByte();
            if (typeof(T) == typeof(uint)) return Avx512F.PermuteVar16x32x2(value.AsUInt32(), Vector512.Load((uint*)pattern), next.AsUInt32()).AsByte();
            return Avx512F.PermuteVar8x64x2(value.AsUInt64(), Vector512.Load((ulong*)pattern), next.AsUInt64()).AsByte();
        }

        public static void Store(byte* destination, nint apart, Vector512<byte> value, byte* pattern) => value.Store(destination);

        // For an element that is taken, its place in the register that goes in, behind those that are there already; for one that is not, its own. The second
        // register finds the elements of the first where they were loaded.
        public static void MakePatterns(byte* patterns, int channels, bool isJoin)
        {
            T* pattern = (T*)patterns + (channels * Lanes);
            for (int output = 0; output < channels; output++)
            {
                for (int input = 0; input < channels; input++, pattern += Lanes)
                {
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        int element = isJoin ? (output * Lanes) + lane : (lane * channels) + output;
                        (int place, int register) = isJoin ? Math.DivRem(element, channels) : (element % Lanes, element / Lanes);
                        bool isTaken = register == input, isFirst = register == 0 && input <= 1;
                        pattern[lane] = T.CreateTruncating(isFirst ? place : isTaken ? Lanes + place : lane);
                    }
                }
            }
        }
    }

    /// <summary>
    /// 256 bits, as two pieces of 128. Elements move within a piece, and are taken from the place where they are to the same place. So all that will lie in one
    /// piece are first brought to places of their own, then taken, then brought into order.
    /// </summary>
    private readonly struct Narrow<T> : IRegister<Vector256<byte>>
        where T : unmanaged, IBinaryInteger<T>
    {
        public static int Pieces => 2;

        private static int Lanes => Vector128<byte>.Count / sizeof(T);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Load(byte* source, nint apart, byte* pattern)
        {
            Vector256<byte> value = apart == Vector128<byte>.Count ? Vector256.Load(source) : Vector256.Create(Vector128.Load(source), Vector128.Load(source + apart));
            return Avx2.Shuffle(value, Vector256.Load(pattern));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Take(Vector256<byte> value, Vector256<byte> next, byte* pattern) => Avx2.BlendVariable(value, next, Vector256.Load(pattern));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(byte* destination, nint apart, Vector256<byte> value, byte* pattern)
        {
            Vector256<byte> turned = Avx2.Shuffle(value, Vector256.Load(pattern));
            if (apart == Vector128<byte>.Count)
            {
                turned.Store(destination);
                return;
            }

            turned.GetLower().Store(destination);
            turned.GetUpper().Store(destination + apart);
        }

        public static void MakePatterns(byte* patterns, int channels, bool isJoin)
        {
            // Voxel v of channel c lies at place (v C + c) mod lanes of its piece. Where g divides C and lanes, g voxels of a channel share a place, in pieces that are
            // C / g apart: so every further C / g pieces are turned by one place more.
            int divisor = Math.Min(channels & -channels, Lanes), alike = channels / divisor;
            for (int element = 0; element < channels * Lanes; element++)
            {
                (int voxel, int channel) = Math.DivRem(element, channels);
                (int piece, int lane) = Math.DivRem(element, Lanes);
                int place = (lane + (piece / alike)) % Lanes;
                (int input, int from, int output, int to) = isJoin ? (channel, voxel, piece, lane) : (piece, lane, channel, voxel);
                byte* ofOutput = patterns + ((channels + (output * channels)) * Vector256<byte>.Count);
                Set(patterns + (input * Vector256<byte>.Count), place, from * sizeof(T), 1);
                Set(ofOutput, to, place * sizeof(T), 1);
                if (input > 0) Set(ofOutput + (input * Vector256<byte>.Count), place, byte.MaxValue, 0);
            }
        }

        // The bytes of an element, in both pieces.
        private static void Set(byte* pattern, int lane, int first, int step)
        {
            for (int i = 0; i < sizeof(T); i++)
            {
                byte* at = pattern + (lane * sizeof(T)) + i;
                at[0] = at[Vector128<byte>.Count] = (byte)(first + (i * step));
            }
        }
    }

    private static class Registers<TRegister, TVector, T>
        where TRegister : IRegister<TVector>
        where TVector : unmanaged
        where T : unmanaged
    {
        private const int Fewest = 2;
        private const int Most = 8;

        private static readonly byte[] s_memory = GC.AllocateArray<byte>((PatternsBefore(Most + 1) + 1) * sizeof(TVector), pinned: true);

        private static readonly byte* s_patterns = MakePatterns();

        private static int Lanes => sizeof(TVector) / sizeof(T);

        public static void Move(bool isJoin, byte* voxels, byte* rows, nint rowStride, int channels, int count)
        {
            if (isJoin) Join(voxels, rows, rowStride, channels, count);
            else Split(voxels, rows, rowStride, channels, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Split(byte* voxels, byte* rows, nint rowStride, int channels, int count) => MoveKnown(isJoin: false, voxels, rows, rowStride, channels, count);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Join(byte* voxels, byte* rows, nint rowStride, int channels, int count) => MoveKnown(isJoin: true, voxels, rows, rowStride, channels, count);

        // A number that the compiler knows makes a loop without branches.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void MoveKnown(bool isJoin, byte* voxels, byte* rows, nint rowStride, int channels, int count)
        {
            switch (channels)
            {
                case 2: MoveAll(isJoin, voxels, rows, rowStride, 2, count); break;
                case 3: MoveAll(isJoin, voxels, rows, rowStride, 3, count); break;
                case 4: MoveAll(isJoin, voxels, rows, rowStride, 4, count); break;
                case 5: MoveAll(isJoin, voxels, rows, rowStride, 5, count); break;
                case 6: MoveAll(isJoin, voxels, rows, rowStride, 6, count); break;
                case 7: MoveAll(isJoin, voxels, rows, rowStride, 7, count); break;
                default: MoveAll(isJoin, voxels, rows, rowStride, 8, count); break;
            }
        }

        // The last registers overlap those before.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void MoveAll(bool isJoin, byte* voxels, byte* rows, nint rowStride, int channels, int count)
        {
            byte* patterns = Patterns(channels, isJoin);
            nint sideBySide = sizeof(TVector) / TRegister.Pieces, apart = channels * sideBySide;
            for (int done = 0; done < count; done += Lanes)
            {
                nint first = Math.Min(done, count - Lanes) * sizeof(T);
                byte* row = rows + first, voxel = voxels + (first * channels), pattern = patterns + (channels * sizeof(TVector));
                byte* source = isJoin ? row : voxel, destination = isJoin ? voxel : row;
                nint fromStride = isJoin ? rowStride : sideBySide, toStride = isJoin ? sideBySide : rowStride, fromApart = isJoin ? sideBySide : apart, toApart = isJoin ? apart : sideBySide;
                TVector a = Load(source, fromStride, 0, fromApart, patterns), b = Load(source, fromStride, 1, fromApart, patterns), c = a, d = a, e = a, f = a, g = a, h = a;
                if (channels > 2) c = Load(source, fromStride, 2, fromApart, patterns);
                if (channels > 3) d = Load(source, fromStride, 3, fromApart, patterns);
                if (channels > 4) e = Load(source, fromStride, 4, fromApart, patterns);
                if (channels > 5) f = Load(source, fromStride, 5, fromApart, patterns);
                if (channels > 6) g = Load(source, fromStride, 6, fromApart, patterns);
                if (channels > 7) h = Load(source, fromStride, 7, fromApart, patterns);
                for (int i = 0; i < channels; i++, destination += toStride, pattern += channels * sizeof(TVector))
                {
                    TVector value = TRegister.Take(a, b, pattern + sizeof(TVector));
                    if (channels > 2) value = TRegister.Take(value, c, pattern + (2 * sizeof(TVector)));
                    if (channels > 3) value = TRegister.Take(value, d, pattern + (3 * sizeof(TVector)));
                    if (channels > 4) value = TRegister.Take(value, e, pattern + (4 * sizeof(TVector)));
                    if (channels > 5) value = TRegister.Take(value, f, pattern + (5 * sizeof(TVector)));
                    if (channels > 6) value = TRegister.Take(value, g, pattern + (6 * sizeof(TVector)));
                    if (channels > 7) value = TRegister.Take(value, h, pattern + (7 * sizeof(TVector)));
                    TRegister.Store(destination, toApart, value, pattern);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector Load(byte* source, nint stride, int register, nint apart, byte* patterns) =>
            TRegister.Load(source + (register * stride), apart, patterns + (register * sizeof(TVector)));

        private static byte* Patterns(int channels, bool isJoin) => s_patterns + ((nint)(PatternsBefore(channels) + (isJoin ? channels * (channels + 1) : 0)) * sizeof(TVector));

        // One for every register that goes in and one for every pair, both ways: 2 sum c (c + 1).
        private static int PatternsBefore(int channels) => 2 * (channels - 1) * channels * (channels + 1) / 3;

        private static byte* MakePatterns()
        {
            byte* patterns = (byte*)Unsafe.AsPointer(ref s_memory[0]);
            patterns += -(nint)patterns & (sizeof(TVector) - 1);
            for (int channels = Fewest; channels <= Most; channels++)
            {
                byte* split = patterns + ((nint)PatternsBefore(channels) * sizeof(TVector));
                TRegister.MakePatterns(split, channels, isJoin: false);
                TRegister.MakePatterns(split + (channels * (channels + 1) * sizeof(TVector)), channels, isJoin: true);
            }

            return patterns;
        }
    }
}
