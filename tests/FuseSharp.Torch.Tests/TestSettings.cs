// libtorch's threads and its random state belong to the process: one test at a time.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
