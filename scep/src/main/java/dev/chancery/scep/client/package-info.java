/// The client's side of SCEP (RFC 8894). Start at [dev.chancery.scep.client.ScepClient].
@NullMarked
package dev.chancery.scep.client;

import org.jspecify.annotations.NullMarked;
