/// What Prometheus scrapes.
@NullMarked
package dev.chancery.server.metrics;

import org.jspecify.annotations.NullMarked;
