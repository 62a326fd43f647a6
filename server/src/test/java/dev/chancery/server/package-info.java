/// Tests of the server over real sockets.
@NullMarked
package dev.chancery.server;

import org.jspecify.annotations.NullMarked;
