/// Requests that another CA's server decides in the end: authenticated, authorised, recorded and
/// passed on, and nothing signed.
@NullMarked
package dev.chancery.authority.relay;

import org.jspecify.annotations.NullMarked;
