/// Tests of how settings are read and explained.
@NullMarked
package dev.chancery.configuration;

import org.jspecify.annotations.NullMarked;
