# To be sourced by what writes a test run's time line into the folder $time_line, for time_line.py.

# phase NAME COMMAND...: runs COMMAND, and notes when it began and ended.
phase() {
  # COMMAND may be a function that has a `status` of its own.
  local phase_name=$1 phase_began phase_status
  shift
  phase_began=$(date +%s)
  "$@"
  phase_status=$?
  printf '%s\t%s\t%s\n' "$phase_began" "$(date +%s)" "$phase_name" >>"$time_line/phases"
  return "$phase_status"
}

# The option that has Bazel write what each action took.
profile_option() { echo "--profile=$time_line/$1.profile.gz"; }
