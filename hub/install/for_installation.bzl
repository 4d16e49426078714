"""How everything is compiled that //hub:install copies."""

def _for_installation_impl(_settings, _attr):
    # Position-independent everywhere: programs and libraries then share one compilation.
    return {
        "//command_line_option:compilation_mode": "opt",
        "//command_line_option:force_pic": True,
        "//third_party:shared_libraries": True,
    }

for_installation = transition(
    implementation = _for_installation_impl,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:force_pic",
        "//third_party:shared_libraries",
    ],
)
