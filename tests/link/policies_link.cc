#include "policies/catalog.h"

int main() { return meshtwin::make_upstream(meshtwin::PolicyConfig(), 1) ? 0 : 1; }
