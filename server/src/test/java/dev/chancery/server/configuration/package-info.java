/// Tests of the configuration file.
@NullMarked
package dev.chancery.server.configuration;

import org.jspecify.annotations.NullMarked;
