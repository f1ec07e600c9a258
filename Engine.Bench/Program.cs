Console.WriteLine("Engine");
