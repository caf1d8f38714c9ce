using System.Text.RegularExpressions;

namespace BrainSegmentation.Anatomy;

/// <summary>Fifteen parts of the brain, told by the names of the regions that they are made of.</summary>
/// <remarks>
/// The order matters: a region belongs to the first class with a matching pattern. Class 0 is the background, class i the i-th of the list.
/// Names come without the side ("l_", "r_"): both halves share their classes. Thin or tiny regions go with what they lie in or pass: the
/// claustrum with the capsules around it, the optic tract with the hypothalamus, the medullary laminae with pallidum and thalamus.
/// </remarks>
internal static class AnatomicalClasses
{
    private static readonly (string Name, Regex Pattern)[] s_ordered =
    [
        ("ventricles and CSF", Names("ventricle$|interventricular|cistern|aqueduct|fissure|sulcus|fossa|vein$")),
        ("cerebellar white matter and nuclei", Names("^cerebellar_white|^(fastigial|emboliform|globose|dentate)_nucleus")),
        ("cerebellar cortex", Names("^lobule_|(gracile|simple|biventer|semilunar|quadrangular|central)_lobule|floccul|tonsil|^(lingula|nodulus|uvula|declive|folium|tuber)$")),
        ("amygdala", Names("amygdal|endopiriform")),
        ("hippocampus", Names("dentate_gyrus|subicul|CA[123]_field|^(fimbria|alveus|stratum_radiatum|fasciolar_gyrus)|_hippocampus$")),
        ("basal ganglia", Names("caudate_nucleus|putamen|globus_pallidus|accumbens|^(lateral|medial)_medullary_lamina")),
        ("hypothalamus and basal forebrain", Names("hypothal|mammill|subthalamic|zona_incerta|^field_H|supraoptic|sept(al|um)|diagonal_band|innominata|basal_forebrain|stria_terminalis|^olfactory|prepyriform|^optic_(tract|chiasm)")),
        ("thalamus", Names("^thalamus|of_the_thalamus|^inferior_thalamic|pulvinar|geniculate|habenul|^(in|ex)ternal_medullary_lamina|^(medial_dorsal|lateral_dorsal|paracentral|centromedian|central_lateral|limitans|reuniens)|parafascicular|ventral_(lateral|anterior)_nucleus|ventral_postero")),
        ("cerebral white matter", Names("^(cerebral|frontal|temporal|occipital)_white|corpus_callosum|^(internal|external|extreme)_capsule|claustrum|fornix|anterior_commissure")),
        ("frontal cortex", Names("frontal|precentral|orbital|straight_gyrus")),
        ("parietal cortex", Names("postcentral|parietal|supramarginal|angular|precuneus")),
        ("cingulate and insular cortex", Names("cingulate|insula")),
        ("occipital cortex", Names("occipital|lingual|cuneus|annectant")),
        ("temporal cortex", Names("temporal|fusiform|parahippocampal|entorhinal")),
        ("brainstem and the rest", Names("")),
    ];

    /// <summary>The names of classes 1, 2, ...</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_ordered.Select(c => c.Name)];

    /// <summary>The class, 1 to 15, of a region's name without its side.</summary>
    public static int Of(string region) => Array.FindIndex(s_ordered, c => c.Pattern.IsMatch(region)) + 1;

    private static Regex Names(string pattern) => new(pattern, RegexOptions.CultureInvariant);
}
