package dev.chancery.cli;

import picocli.CommandLine.Command;

/// `chancery enroll …`: the client side, one command per protocol.
@Command(
    name = "enroll",
    description = "Gets a certificate for this machine, and renews it.",
    subcommands = {EnrollEst.class, CoapEnroll.class, ScepEnroll.class})
final class EnrollCommands extends CommandGroup {}
