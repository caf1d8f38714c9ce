using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Takes a few channels that lie side by side apart, or puts them together again: of 2, 4 or 8 bytes, on processors that can, where that is faster
/// than <see cref="Transposition"/>. As many registers as there are channels become as many others, each of which takes lanes from every one.
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
            case sizeof(ushort): Registers<Wide<ushort>, Vector512<byte>, ushort>.Move(isJoin, voxels, rows, rowStride, channels, count); break;
            case sizeof(ulong): Registers<Wide<ulong>, Vector512<byte>, ulong>.Move(isJoin, voxels, rows, rowStride, channels, count); break;
            case sizeof(uint) when Avx512F.IsSupported: Registers<Wide<uint>, Vector512<byte>, uint>.Move(isJoin, voxels, rows, rowStride, channels, count); break;
            default: Registers<Narrow, Vector256<byte>, uint>.Move(isJoin, voxels, rows, rowStride, channels, count); break;
        }
    }

    // Every lane costs as many operations as there are channels; a square does not.
    private static int MostChannels(int elementSize) => elementSize switch
    {
        sizeof(ushort) => Avx512BW.IsSupported ? 8 : 0,
        sizeof(uint) => Avx512F.IsSupported ? 7 : Avx2.IsSupported ? 3 : 0,
        sizeof(ulong) => Avx512F.IsSupported ? 7 : 0,
        _ => 0,
    };

    private interface IRegister<TVector>
    {
        static abstract TVector Load(byte* source);

        static abstract void Store(byte* destination, TVector value);

        // Lanes of both, by the first two patterns.
        static abstract TVector Pick(TVector first, TVector second, byte* patterns);

        // Lanes of the next where its pattern says so, elsewhere what is there.
        static abstract TVector Take(TVector value, TVector next, byte* pattern);
    }

    private readonly struct Wide<T> : IRegister<Vector512<byte>>
    {
        public static Vector512<byte> Load(byte* source) => Vector512.Load(source);

        public static void Store(byte* destination, Vector512<byte> value) => value.Store(destination);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<byte> Pick(Vector512<byte> first, Vector512<byte> second, byte* patterns) => Take(first, second, patterns + Vector512<byte>.Count);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<byte> Take(Vector512<byte> value, Vector512<byte> next, byte* pattern)
        {
            if (typeof(T) == typeof(ushort)) return Avx512BW.PermuteVar32x16x2(value.AsUInt16(), Vector512.Load((ushort*)pattern), next.AsUInt16()).AsByte();
            if (typeof(T) == typeof(uint)) return Avx512F.PermuteVar16x32x2(value.AsUInt32(), Vector512.Load((uint*)pattern), next.AsUInt32()).AsByte();
            return Avx512F.PermuteVar8x64x2(value.AsUInt64(), Vector512.Load((ulong*)pattern), next.AsUInt64()).AsByte();
        }
    }

    private readonly struct Narrow : IRegister<Vector256<byte>>
    {
        public static Vector256<byte> Load(byte* source) => Vector256.Load(source);

        public static void Store(byte* destination, Vector256<byte> value) => value.Store(destination);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Pick(Vector256<byte> first, Vector256<byte> second, byte* patterns) =>
            Take(Avx2.PermuteVar8x32(first.AsUInt32(), Vector256.Load((uint*)patterns)).AsByte(), second, patterns + Vector256<byte>.Count);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Take(Vector256<byte> value, Vector256<byte> next, byte* pattern)
        {
            Vector256<uint> lanes = Vector256.Load((uint*)pattern);
            return Avx.BlendVariable(value.AsSingle(), Avx2.PermuteVar8x32(next.AsUInt32(), lanes).AsSingle(), lanes.AsSingle()).AsByte();
        }
    }

    private static class Registers<TRegister, TVector, T>
        where TRegister : IRegister<TVector>
        where TVector : unmanaged
        where T : unmanaged, IBinaryInteger<T>
    {
        private const int Fewest = 2;
        private const int Most = 8;

        private static readonly byte[] s_memory = GC.AllocateUninitializedArray<byte>((PatternsBefore(Most + 1) + 1) * sizeof(TVector), pinned: true);

        // [channels][split, join][register that comes out][register that goes in]
        private static readonly byte* s_patterns = MakePatterns();

        private static int Lanes => sizeof(TVector) / sizeof(T);

        public static void Move(bool isJoin, byte* voxels, byte* rows, nint rowStride, int channels, int count)
        {
            int voxel = channels * sizeof(T);
            if (isJoin) MoveKnown(rows, sizeof(T), rowStride, voxels, voxel, sizeof(TVector), channels, count, Patterns(channels, isJoin));
            else MoveKnown(voxels, voxel, sizeof(TVector), rows, sizeof(T), rowStride, channels, count, Patterns(channels, isJoin));
        }

        // A number that the compiler knows makes a loop without branches.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void MoveKnown(byte* from, int fromVoxel, nint fromStride, byte* to, int toVoxel, nint toStride, int channels, int count, byte* patterns)
        {
            switch (channels)
            {
                case 2: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 2, count, patterns); break;
                case 3: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 3, count, patterns); break;
                case 4: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 4, count, patterns); break;
                case 5: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 5, count, patterns); break;
                case 6: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 6, count, patterns); break;
                case 7: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 7, count, patterns); break;
                default: MoveAll(from, fromVoxel, fromStride, to, toVoxel, toStride, 8, count, patterns); break;
            }
        }

        // The last registers overlap those before.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void MoveAll(byte* from, int fromVoxel, nint fromStride, byte* to, int toVoxel, nint toStride, int channels, int count, byte* patterns)
        {
            for (int done = 0; done < count; done += Lanes)
            {
                nint first = Math.Min(done, count - Lanes);
                byte* source = from + (first * fromVoxel), destination = to + (first * toVoxel), pattern = patterns;
                TVector a = TRegister.Load(source), b = TRegister.Load(source + fromStride), c = a, d = a, e = a, f = a, g = a, h = a;
                if (channels > 2) c = TRegister.Load(source + (2 * fromStride));
                if (channels > 3) d = TRegister.Load(source + (3 * fromStride));
                if (channels > 4) e = TRegister.Load(source + (4 * fromStride));
                if (channels > 5) f = TRegister.Load(source + (5 * fromStride));
                if (channels > 6) g = TRegister.Load(source + (6 * fromStride));
                if (channels > 7) h = TRegister.Load(source + (7 * fromStride));
                for (int i = 0; i < channels; i++, destination += toStride, pattern += channels * sizeof(TVector))
                {
                    TVector value = TRegister.Pick(a, b, pattern);
                    if (channels > 2) value = TRegister.Take(value, c, pattern + (2 * sizeof(TVector)));
                    if (channels > 3) value = TRegister.Take(value, d, pattern + (3 * sizeof(TVector)));
                    if (channels > 4) value = TRegister.Take(value, e, pattern + (4 * sizeof(TVector)));
                    if (channels > 5) value = TRegister.Take(value, f, pattern + (5 * sizeof(TVector)));
                    if (channels > 6) value = TRegister.Take(value, g, pattern + (6 * sizeof(TVector)));
                    if (channels > 7) value = TRegister.Take(value, h, pattern + (7 * sizeof(TVector)));
                    TRegister.Store(destination, value);
                }
            }
        }

        private static byte* Patterns(int channels, bool isJoin) => s_patterns + ((nint)(PatternsBefore(channels) + (isJoin ? channels * channels : 0)) * sizeof(TVector));

        // Two for every pair of registers: 2 sum c^2.
        private static int PatternsBefore(int channels) => (channels - 1) * channels * ((2 * channels) - 1) / 3;

        private static byte* MakePatterns()
        {
            byte* patterns = (byte*)Unsafe.AsPointer(ref s_memory[0]);
            patterns += -(nint)patterns & (sizeof(TVector) - 1);
            for (int channels = Fewest; channels <= Most; channels++)
            {
                T* lane = (T*)(patterns + ((nint)PatternsBefore(channels) * sizeof(TVector)));
                for (int i = 0; i < 2 * channels * channels * Lanes; i++) lane[i] = Pattern(channels, i / (channels * channels * Lanes) == 1, i / (channels * Lanes) % channels, i / Lanes % channels, i % Lanes);
            }

            return patterns;
        }

        // For a lane that is taken, its place in the register that goes in, behind the lanes that are there already; its highest bit says so as well, to
        // instructions that have no place for those. For one that is not, itself.
        private static T Pattern(int channels, bool isJoin, int output, int input, int lane)
        {
            int element = isJoin ? (output * Lanes) + lane : (lane * channels) + output;
            (int place, int register) = isJoin ? Math.DivRem(element, channels) : (element % Lanes, element / Lanes);
            if (register == 0 && input <= 1) return T.CreateTruncating(place);
            return register == input ? T.CreateTruncating(Lanes + place) | (T.AllBitsSet ^ (T.AllBitsSet >>> 1)) : T.CreateTruncating(lane);
        }
    }
}
