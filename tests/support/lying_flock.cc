// Preloaded into a program, lets it live on a file system whose locks exclude nobody.

extern "C" __attribute__((visibility("default"))) int flock(int, int) { return 0; }
