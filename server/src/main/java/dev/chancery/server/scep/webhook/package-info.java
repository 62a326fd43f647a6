/// Decisions by a webhook of the operator's, and word of what became of them (docs/scep.md).
@NullMarked
package dev.chancery.server.scep.webhook;

import org.jspecify.annotations.NullMarked;
