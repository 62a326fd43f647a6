/// Where tests can do harm to an issuance. Nothing happens here in a server that operators run.
@NullMarked
package dev.chancery.authority.fault;

import org.jspecify.annotations.NullMarked;
