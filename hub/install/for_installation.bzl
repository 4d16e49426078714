"""How everything is compiled that //hub:install copies: optimised and position-independent, unless
--//hub/install:optimised=false asks for what the rest of the build is made of."""

_MODE = "//command_line_option:compilation_mode"
_PIC = "//command_line_option:force_pic"

def _for_installation_impl(settings, _attr):
    if not settings["//hub/install:optimised"]:
        return {_MODE: settings[_MODE], _PIC: settings[_PIC]}

    # Position-independent everywhere: programs and libraries then share one compilation.
    return {_MODE: "opt", _PIC: True}

for_installation = transition(
    implementation = _for_installation_impl,
    inputs = [
        "//hub/install:optimised",
        _MODE,
        _PIC,
    ],
    outputs = [
        _MODE,
        _PIC,
    ],
)

def _optimised_impl(_ctx):
    return []

optimised = rule(
    doc = "Whether for_installation changes anything.",
    implementation = _optimised_impl,
    build_setting = config.bool(flag = True),
)
