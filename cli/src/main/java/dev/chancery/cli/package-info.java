/// The `chancery` command. [dev.chancery.cli.Main] starts it, [dev.chancery.cli.Chancery] is the
/// root of the commands; each group of commands has a file of its own.
@NullMarked
package dev.chancery.cli;

import org.jspecify.annotations.NullMarked;
