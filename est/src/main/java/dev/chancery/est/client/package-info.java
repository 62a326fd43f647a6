/// The EST client (RFC 7030): gets trust, certificates and renewals, and believes nothing that it
/// has not verified. Start at [dev.chancery.est.client.EstClient].
@NullMarked
package dev.chancery.est.client;

import org.jspecify.annotations.NullMarked;
