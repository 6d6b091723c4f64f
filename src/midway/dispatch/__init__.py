"""Who goes where and when: plans of a day, what changes when somebody is away, and how far it is to drive."""
