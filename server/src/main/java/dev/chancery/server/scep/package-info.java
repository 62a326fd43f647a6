/// The keys of SCEP's registration authorities: made, kept and renewed by the server itself.
@NullMarked
package dev.chancery.server.scep;

import org.jspecify.annotations.NullMarked;
