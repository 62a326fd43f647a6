/// The one door to a certificate: [Authority#enroll] takes a request that is already authenticated
/// and answers with an [Outcome].
@NullMarked
package dev.chancery.authority;

import org.jspecify.annotations.NullMarked;
