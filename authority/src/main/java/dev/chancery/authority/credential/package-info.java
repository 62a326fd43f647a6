/// One-time and standing credentials: made for somebody, bound to names, used in whatever protocol
/// the device speaks.
@NullMarked
package dev.chancery.authority.credential;

import org.jspecify.annotations.NullMarked;
