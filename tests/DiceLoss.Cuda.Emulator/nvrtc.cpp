// The entry points of libnvrtc.so.12 that DiceLoss calls, over g++: what it makes of a kernel runs on the devices of driver.cpp. For programs that
// look for NVRTC themselves; tests of the provider hand it a compiler (EmulatedCompiler.cs). What is made lies in the folder for temporary files.
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

enum Code { Success = 0, InvalidInput = 3, InvalidOption = 5, Compilation = 6 };

const std::filesystem::path emulator = EMULATOR;

struct Program {
    std::string name, text, log, image;
    std::vector<std::pair<std::string, std::string>> headers;
};

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

std::string read(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

// Texts are given with the zero behind them.
int give(const std::string& text, char* destination)
{
    memcpy(destination, text.c_str(), text.size() + 1);
    return Success;
}

} // namespace

extern "C" {

const char* nvrtcGetErrorString(int code)
{
    switch (code) {
    case Success: return "NVRTC_SUCCESS";
    case InvalidInput: return "NVRTC_ERROR_INVALID_INPUT";
    case InvalidOption: return "NVRTC_ERROR_INVALID_OPTION";
    case Compilation: return "NVRTC_ERROR_COMPILATION";
    default: return "NVRTC_ERROR unknown";
    }
}

int nvrtcVersion(int* major, int* minor)
{
    *major = 12;
    *minor = 0;
    return Success;
}

int nvrtcGetNumSupportedArchs(int* count)
{
    *count = 1;
    return Success;
}

int nvrtcGetSupportedArchs(int* architectures)
{
    *architectures = 90;
    return Success;
}

int nvrtcCreateProgram(Program** program, const char* text, const char* name, int headers, const char* const* header_texts, const char* const* header_names)
{
    if (!text || !name) return InvalidInput;
    *program = new Program{name, text, {}, {}, {}};
    for (int i = 0; i < headers; i++) (*program)->headers.emplace_back(header_names[i], header_texts[i]);
    return Success;
}

int nvrtcDestroyProgram(Program** program)
{
    delete *program;
    *program = nullptr;
    return Success;
}

int nvrtcCompileProgram(Program* program, int count, const char* const* options)
{
    std::string command = "g++ @kernels.options";
    for (int i = 0; i < count; i++) {
        const std::string option = options[i];
        if (option.rfind("-D", 0) == 0) command += " '" + option + "'";
        else if (option != "-std=c++17" && option != "--gpu-architecture=compute_90" && option != "--gpu-architecture=sm_90") return InvalidOption;
    }

    std::string folder = std::filesystem::temp_directory_path() / "kernels-XXXXXX";
    if (!mkdtemp(folder.data())) return InvalidInput;
    const std::filesystem::path here = folder;
    for (const char* file : {"simt.hpp", "kernels.options"}) std::filesystem::copy_file(emulator / file, here / file);
    for (const auto& [name, text] : program->headers) write(here / name, text);
    write(here / program->name, program->text);

    std::string exports = "#include \"" + program->name + "\"\n";
    const std::regex kernel(R"(__global__ void (?:BOUNDS|__launch_bounds__\([^)]*\))\s+(\w+)\()");
    for (std::sregex_iterator match(program->text.begin(), program->text.end(), kernel), end; match != end; ++match) exports += "SIMT_EXPORT(" + (*match)[1].str() + ")\n";
    write(here / "kernels.cpp", exports);

    const bool is_made = std::system(("cd '" + folder + "' && " + command + " kernels.cpp -lm -lc -lgcc -o kernels.so > log 2>&1").c_str()) == 0;
    program->log = read(here / "log");
    program->image = "//emulated " + folder + "/kernels.so\n";
    return is_made ? Success : Compilation;
}

int nvrtcGetProgramLogSize(const Program* program, size_t* bytes)
{
    *bytes = program->log.size() + 1;
    return Success;
}

int nvrtcGetProgramLog(const Program* program, char* log) { return give(program->log, log); }

int nvrtcGetPTXSize(const Program* program, size_t* bytes)
{
    *bytes = program->image.size() + 1;
    return Success;
}

int nvrtcGetPTX(const Program* program, char* image) { return give(program->image, image); }

int nvrtcGetCUBINSize(const Program* program, size_t* bytes) { return nvrtcGetPTXSize(program, bytes); }

int nvrtcGetCUBIN(const Program* program, char* image) { return nvrtcGetPTX(program, image); }

} // extern "C"
