/// The agent against real servers, with real files, kills and full disks.
@NullMarked
package dev.chancery.interop.agent;

import org.jspecify.annotations.NullMarked;
