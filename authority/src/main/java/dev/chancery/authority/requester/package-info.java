/// Who asks: each kind of requester carries evidence that only its check can make.
@NullMarked
package dev.chancery.authority.requester;

import org.jspecify.annotations.NullMarked;
