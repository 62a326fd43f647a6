/// Administration through a UNIX-domain socket in the data folder: what the command line asks of a
/// running server.
@NullMarked
package dev.chancery.server.admin;

import org.jspecify.annotations.NullMarked;
