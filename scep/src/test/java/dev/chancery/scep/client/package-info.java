@NullMarked
package dev.chancery.scep.client;

import org.jspecify.annotations.NullMarked;
