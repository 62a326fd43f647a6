/// What kinds of certificates there are: keys, names, usages, validity, and how strict each rule
/// is.
@NullMarked
package dev.chancery.authority.profile;

import org.jspecify.annotations.NullMarked;
