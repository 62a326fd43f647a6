package dev.chancery.faults;

/// What devices met with during one part of a story.
///
/// @param devices that wanted a certificate
/// @param acknowledged how many have it
/// @param unavailable how often one was told to come later (503)
/// @param lost how often a connection broke, or could not be made
/// @param again how many that had a certificate asked once more elsewhere and got the same
/// @param slowestMillis from a device's first request to its certificate, at most
/// @param gapMillis the longest time in which devices waited and nobody got a certificate
record Chapter(
    String name,
    int devices,
    int acknowledged,
    int unavailable,
    int lost,
    int again,
    long slowestMillis,
    long gapMillis) {}
