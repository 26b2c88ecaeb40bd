// How much processor time threads and processes have had.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include "core/time.h"

namespace meshtwin {

Duration thread_cpu_time(pthread_t thread);
// Of another process with all its threads; zero where there is none.
Duration process_cpu_time(pid_t pid);

}  // namespace meshtwin
